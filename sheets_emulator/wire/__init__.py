"""What Google's APIs look like on the wire: messages, field masks, bodies, refusals, multipart."""
