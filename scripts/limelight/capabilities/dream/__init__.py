"""What does a filter amplify in a photograph?"""
