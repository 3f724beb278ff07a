"""Which pixels change the class score?"""
