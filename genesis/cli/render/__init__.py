"""What people see: views of the commands as Rich renderables. Nothing here reads a run or writes to a stream."""
