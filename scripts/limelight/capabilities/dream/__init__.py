"""What does a filter see in a photograph?"""
