"""Work over files, each piece in a process of its own: `job(folder, tell, **arguments)`."""
