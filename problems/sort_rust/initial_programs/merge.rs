//! Sorts what a small generator makes of three numbers on standard input, and writes a checksum of the result.

// EVOLVE-BLOCK-START
const SMALL: usize = 24;

/// Sorts in ascending order: merges halves, inserts where they are short.
fn sort(data: &mut [u32]) {
    let mut buffer = data.to_vec();
    merge_sort(data, &mut buffer);
}

fn merge_sort(data: &mut [u32], buffer: &mut [u32]) {
    if data.len() <= SMALL {
        for i in 1..data.len() {
            let (x, mut j) = (data[i], i);
            while j > 0 && data[j - 1] > x {
                data[j] = data[j - 1];
                j -= 1;
            }
            data[j] = x;
        }
        return;
    }
    let middle = data.len() / 2;
    merge_sort(&mut data[..middle], &mut buffer[..middle]);
    merge_sort(&mut data[middle..], &mut buffer[middle..]);
    if data[middle - 1] <= data[middle] {
        return;
    }
    buffer.copy_from_slice(data);
    let (left, right) = buffer.split_at(middle);
    let (mut i, mut j) = (0, 0);
    for slot in data.iter_mut() {
        let take_left = j == right.len() || (i < left.len() && left[i] <= right[j]);
        *slot = if take_left { left[i] } else { right[j] };
        i += usize::from(take_left);
        j += usize::from(!take_left);
    }
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
