//! Compresses the page's files as far as it goes: each is made once and sent to every visitor.

use std::io::Write as _;

use anyhow::{Context, Result, bail};
use brotli::enc::StandardAlloc;
use brotli::enc::backward_references::BrotliEncoderMode;
use brotli::enc::encode::{BrotliEncoderOperation, BrotliEncoderStateStruct};
use wasmparser::{Parser, Payload};

/// The ways that are tried: log2 of how many bytes are looked at together (0: as brotli likes), and
/// how many short distances are said directly (RFC 7932, section 4).
const WAYS: [(i32, u32); 3] = [(0, 0), (0, 15), (20, 15)];

/// As brotli in the best of its ways.
pub fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let parts = parts(bytes);
    let mut best: Option<Vec<u8>> = None;
    for (block, direct) in WAYS {
        let packed = pack(&parts, block, direct)?;
        if best.as_ref().is_none_or(|best| packed.len() < best.len()) {
            best = Some(packed);
        }
    }
    best.context("brotli has no way")
}

/// What of a file is alike, with what of the bytes before it tells most about a byte (RFC 7932,
/// section 7.1): in WASM's instructions their upper bits, in all else what brotli finds out.
fn parts(bytes: &[u8]) -> Vec<(&[u8], BrotliEncoderMode)> {
    let whole = (bytes, BrotliEncoderMode::BROTLI_MODE_GENERIC);
    let Some(data) = data_section(bytes) else {
        return vec![whole];
    };
    let (code, data) = bytes.split_at(data);
    vec![
        (code, BrotliEncoderMode::BROTLI_FORCE_MSB_PRIOR),
        (data, BrotliEncoderMode::BROTLI_FORCE_UTF8_PRIOR),
    ]
}

/// Where in a WASM its data begins, most of which are texts; none if this is no WASM.
fn data_section(bytes: &[u8]) -> Option<usize> {
    let mut payloads = Parser::new(0).parse_all(bytes).map_while(Result::ok);
    payloads.find_map(|payload| match payload {
        Payload::DataSection(data) => Some(data.range().start),
        _ => None,
    })
}

fn pack(parts: &[(&[u8], BrotliEncoderMode)], block: i32, direct: u32) -> Result<Vec<u8>> {
    let size: usize = parts.iter().map(|(bytes, _)| bytes.len()).sum();
    let mut encoder = BrotliEncoderStateStruct::new(StandardAlloc::default());
    encoder.params.quality = 11;
    // The largest window that every browser takes.
    encoder.params.lgwin = 24;
    encoder.params.size_hint = size;
    encoder.params.lgblock = block;
    encoder.params.dist.num_direct_distance_codes = direct;
    // What cannot be compressed is a little longer than before.
    let mut packed = vec![0; size + size / 8 + 1024];
    let (mut end, mut room) = (0, packed.len());
    for (number, (bytes, mode)) in parts.iter().enumerate() {
        encoder.params.mode = *mode;
        let operation = if number + 1 == parts.len() {
            BrotliEncoderOperation::BROTLI_OPERATION_FINISH
        } else {
            BrotliEncoderOperation::BROTLI_OPERATION_FLUSH
        };
        let (mut left, mut at) = (bytes.len(), 0);
        loop {
            let worked = encoder.compress_stream(
                operation,
                &mut left,
                bytes,
                &mut at,
                &mut room,
                &mut packed,
                &mut end,
                &mut None,
                &mut |_, _, _, _| (),
            );
            if !worked || room == 0 {
                bail!("brotli does not work");
            }
            if left == 0 && !encoder.has_more_output() {
                break;
            }
        }
    }
    packed.truncate(end);
    Ok(packed)
}

/// As gzip, for who takes nothing else.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .context("gzip")
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{ConstExpr, DataSection, MemorySection, MemoryType, Module};

    fn unpacked(packed: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        brotli::BrotliDecompress(&mut &packed[..], &mut bytes).unwrap();
        bytes
    }

    fn wasm(text: &str) -> Vec<u8> {
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(0), text.bytes());
        let mut module = Module::new();
        module.section(&memories).section(&data);
        module.finish()
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        let noise: Vec<u8> = (0..5000_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let text = "The page is small. ".repeat(300);
        for bytes in [&b""[..], b"x", text.as_bytes(), &noise, &wasm(&text)] {
            assert_eq!(unpacked(&brotli(bytes).unwrap()), bytes);
        }
        assert!(brotli(&wasm(&text)).unwrap().len() < 200);
    }

    #[test]
    fn code_and_data_of_wasm_are_told_apart() {
        let module = wasm("a text");
        let both = parts(&module);
        assert_eq!(both.len(), 2);
        let data = both.last().unwrap().0;
        assert!(data.len() < 20 && data.ends_with(b"a text"));
        assert_eq!(parts(b"\0asm").len(), 1);
        assert_eq!(parts(b"body{}").len(), 1);
    }
}
