const std = @import("std");

pub fn main() void {
    const total: u8 = "nothing";
    std.debug.print("{d}\n", .{total});
}
