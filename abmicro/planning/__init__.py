"""Before the test: what it will be able to say, when, and at which price.

known, arrivals    what the definition or the past say of goals and units
subject            one goal as its test sees it
outlook            all of this together, which the others look at
goals, carry       goal by goal; micro beside macro
beliefs, advice    what not to promise; what would help
plan               puts these in a row
"""
