"""What a closed month stands on: snapshot, files, recount, payroll."""
