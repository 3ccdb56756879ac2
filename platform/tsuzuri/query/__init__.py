"""The one condition language: kintone's query syntax, parsed once to a small tree.

View filters, record rules, notification and process conditions, API queries and search
refinements are all written in it.  ``parse`` reads a text, ``tree`` is what it becomes,
``period`` gives the date functions their days.  Nothing here knows an app: whether a field
exists and bears an operator is decided where a tree is bound.
"""
