"""Japanese dates, character widths and spellings, as pure functions.

The floor of the product: nothing here knows of records, requests or users, and nothing
here imports the rest of `tsuzuri`.

* `calendar`: dates and times as offices write them, ages, school grades, fiscal years.
* `width`: numbers, codes and kana brought to the one width in which they are stored.
* `folding`: the one search key, used wherever two spellings ought to meet.
* `kanji`: the table of variant characters behind that key.
"""
