"""Omicia Opal (Fabric Genomics): clinical reports, over the API that its makers now call FE2."""
