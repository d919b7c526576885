"""What is kept beside concepts: a chat's diary and photos (`seen`), and what was said on the web page (`lines`)."""
