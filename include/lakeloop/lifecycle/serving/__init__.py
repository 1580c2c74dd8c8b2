"""What answers in real time: its versions, the traffic they take, and what was seen of them."""
