"""Before the test: what it will be able to say, when, and at which price.

baselines, traffic           what the definition or the past say of goals and units
context                      all of this together with the planned tests (room `design`)
goal_plans, carry_through    goal by goal; micro beside macro
shipping                     all that the verdict asks for, at once
risk, options                what not to promise; what would help
plan                         puts these in a row
"""
