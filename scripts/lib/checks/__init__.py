"""The style suite: each check is a function that answers the list of its findings, empty where all is well."""
