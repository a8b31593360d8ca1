"""Downloads releases and builds snapshots from them."""
