;; Adds up the integers on standard input; 64 KiB of text at most.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 3)
  (func (export "_start")
    (local $length i32) (local $at i32) (local $byte i32) (local $number i64) (local $total i64)
    (local $negative i32) (local $end i32)
    ;; read until nothing comes: the vector is at 0, the count at 8, the text from 64
    (block $read
      (loop $more
        (i32.store (i32.const 0) (i32.add (i32.const 64) (local.get $length)))
        (i32.store (i32.const 4) (i32.const 4096))
        (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (br_if $read (i32.eqz (i32.load (i32.const 8))))
        (local.set $length (i32.add (local.get $length) (i32.load (i32.const 8))))
        (br $more)))
    (loop $next
      (local.set $byte (i32.load8_u offset=64 (local.get $at)))
      (if (i32.eq (local.get $byte) (i32.const 45)) (then (local.set $negative (i32.const 1))))
      (if (i32.and (i32.ge_u (local.get $byte) (i32.const 48)) (i32.le_u (local.get $byte) (i32.const 57)))
        (then
          (local.set $number (i64.add (i64.mul (local.get $number) (i64.const 10))
            (i64.extend_i32_u (i32.sub (local.get $byte) (i32.const 48))))))
        (else
          (if (i32.ne (local.get $byte) (i32.const 45))
            (then
              (if (local.get $negative) (then (local.set $number (i64.sub (i64.const 0) (local.get $number)))))
              (local.set $total (i64.add (local.get $total) (local.get $number)))
              (local.set $number (i64.const 0))
              (local.set $negative (i32.const 0))))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.le_u (local.get $at) (local.get $length))))
    ;; write the digits from the right, a line end behind them
    (local.set $negative (i64.lt_s (local.get $total) (i64.const 0)))
    (if (local.get $negative) (then (local.set $total (i64.sub (i64.const 0) (local.get $total)))))
    (local.set $end (i32.const 62))
    (i32.store8 (i32.const 63) (i32.const 10))
    (loop $digit
      (i32.store8 (local.get $end) (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $total) (i64.const 10)))))
      (local.set $end (i32.sub (local.get $end) (i32.const 1)))
      (local.set $total (i64.div_u (local.get $total) (i64.const 10)))
      (br_if $digit (i64.ne (local.get $total) (i64.const 0))))
    (if (local.get $negative)
      (then
        (i32.store8 (local.get $end) (i32.const 45))
        (local.set $end (i32.sub (local.get $end) (i32.const 1)))))
    (i32.store (i32.const 0) (i32.add (local.get $end) (i32.const 1)))
    (i32.store (i32.const 4) (i32.sub (i32.const 63) (local.get $end)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
