"""Is every closed month still what was sealed?"""
