"""What a network looks at: sensitivity maps and how they spread over the sky."""
