"""Can the explanations be trusted?"""
