"""What batch normalization computes of one unit on one mini-batch: the arithmetic, its pictures and its words.

One file for each thing that the page Transform shows, each with the numbers of a picture and the sentences beside it.
``draws`` and ``learning`` give the batch, ``arithmetic`` takes it through the four steps.
"""
