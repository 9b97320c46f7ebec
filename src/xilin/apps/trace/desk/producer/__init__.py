"""The producer's desk (企业工作台): own batches, codes, events and looks."""
