"""Which adapter answers: let in by proof alone, chosen question by question, watched, and rolled back.

registry (the verbs of admins: list, activate, roll back) -> gate (may it?) -> choice (which one for this
question?) -> serving (beside the model, and watched) -> watch (is it worse than the base?). runs tells how
far each run is, learned what was made from a document. bot.tuning.schedule makes new ones, activating none.
"""
