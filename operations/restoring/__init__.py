"""A spoilt, binned or lost file of a closed month made anew from its seal, and the spoilt one put aside."""
