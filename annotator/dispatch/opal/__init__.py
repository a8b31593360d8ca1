"""Omicia Opal (Fabric Genomics): its clinical reports, over the API that its makers call FE2 by now."""
