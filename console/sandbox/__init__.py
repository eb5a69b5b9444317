"""(Skeleton.)"""
