//! Sorts what a small generator makes of three numbers on standard input, and writes a checksum of the result.

// EVOLVE-BLOCK-START
/// Sorts in ascending order, in place.
fn sort(data: &mut [u32]) {
    data.sort_unstable();
}
// EVOLVE-BLOCK-END

/// 32 bits that look random, the same as in the checker.
fn mix(mut x: u32) -> u32 {
    x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

fn generate(n: u32, seed: u32, kind: u32) -> Vec<u32> {
    (0..n)
        .map(|i| {
            let r = mix(i.wrapping_mul(0x9e37_79b9).wrapping_add(seed));
            match kind {
                0 => r,
                1 => r % 100,
                2 => if r % 100 == 0 { r } else { i.wrapping_mul(2000) },
                3 => (n - i).wrapping_mul(1000).wrapping_add(r % 1000),
                _ => r >> 12,
            }
        })
        .collect()
}

fn main() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let given: Vec<u32> = line.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let mut data = generate(given[0], given[1], given[2]);
    sort(&mut data);
    let sum = data.iter().zip(0u64..).fold(0u64, |sum, (&x, i)| sum.wrapping_add(x as u64 * (2 * i + 1)));
    println!("{} {sum:016x}", data.len());
}
