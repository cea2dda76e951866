"""What stands beside the score: causes, funnel, forecast, checklist, plan hints."""
