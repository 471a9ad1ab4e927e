//! Puts functions that are alike next to each other, without changing any: brotli says a repeated
//! piece in fewer bits the nearer it stands.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{CodeSection, FunctionSection, ImportSection, Module};
use wasmparser::{
    CodeSectionReader, FunctionBody, FunctionSectionReader, Import, ImportSectionReader, Parser,
    Payload, TypeRef,
};

/// Functions are compared by the pieces of so many bytes that they have in common.
const PIECE_BYTES: usize = 6;
/// A piece that stands in more functions than these says nothing about them.
const COMMON: usize = 200;

/// The same module with its functions in an order that compresses well.
pub fn alike_together(wasm: &[u8]) -> Result<Vec<u8>> {
    let (mut imported, mut bodies) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    if matches!(import.ty, TypeRef::Func(_)) {
                        imported.push(number(&import));
                    }
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
            _ => {}
        }
    }
    let order = order(&bodies);
    let mut sorted: Vec<usize> = (0..imported.len()).collect();
    sorted.sort_by_key(|import| imported.get(*import));
    let imported = places(&sorted);
    let places = places(&order);
    let mut module = Module::new();
    Reordered {
        imported,
        order,
        places,
    }
    .parse_core_module(&mut module, Parser::new(0), wasm)
    .map_err(|error| anyhow!("cannot put the functions of the page's WASM in order: {error}"))?;
    Ok(module.finish())
}

/// The new place of each old one.
fn places(order: &[usize]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..order.len()).collect();
    places.sort_by_key(|place| order.get(*place));
    places
}

/// Imports stand in the order of their names, which are numbers: one more than before is said in
/// fewer bits than any number.
fn number<'a>(import: &Import<'a>) -> (usize, &'a str) {
    (import.name.len(), import.name)
}

/// A module's functions in a new order.
struct Reordered {
    /// The new place of each function that the module imports; these are numbered before its own.
    imported: Vec<usize>,
    /// The old place of each function.
    order: Vec<usize>,
    /// The new place of each function.
    places: Vec<usize>,
}

impl Reencode for Reordered {
    type Error = std::num::TryFromIntError;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Self::Error>> {
        let function = function as usize;
        let place = match function.checked_sub(self.imported.len()) {
            None => self.imported.get(function).copied(),
            Some(own) => {
                let place = self.places.get(own);
                place.map(|place| self.imported.len() + place)
            }
        };
        u32::try_from(place.unwrap_or(function)).map_err(Error::UserError)
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        let all = section.into_imports().collect::<Result<Vec<_>, _>>()?;
        let (mut functions, others): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|import| matches!(import.ty, TypeRef::Func(_)));
        functions.sort_by_key(number);
        for import in functions.into_iter().chain(others) {
            self.parse_import(imports, import)?;
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        let types = section.into_iter().collect::<Result<Vec<u32>, _>>()?;
        for ty in self
            .order
            .iter()
            .filter_map(|function| types.get(*function))
        {
            functions.function(*ty);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        let bodies = section
            .into_iter()
            .collect::<Result<Vec<FunctionBody<'_>>, _>>()?;
        for function in self.order.clone() {
            if let Some(body) = bodies.get(function) {
                self.parse_function_body(code, body.clone())?;
            }
        }
        Ok(())
    }
}

/// A function that looks for its place.
struct Candidate<'a> {
    length: usize,
    pieces: Vec<&'a [u8]>,
    is_placed: bool,
    /// How many pieces it has in common with the function that was placed last.
    shared: usize,
}

impl Candidate<'_> {
    /// Which part of both functions is common, in thousandths.
    fn likeness(&self, last: usize) -> usize {
        self.shared * 1000 / (self.pieces.len() + last).max(1)
    }
}

/// After each function the one of the rest that is most like it; the longest one where none is.
fn order(bodies: &[&[u8]]) -> Vec<usize> {
    let mut having: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
    let mut functions = Vec::with_capacity(bodies.len());
    for (function, body) in bodies.iter().enumerate() {
        let pieces = pieces(body);
        for piece in &pieces {
            having.entry(piece).or_default().push(function);
        }
        functions.push(Candidate {
            length: body.len(),
            pieces,
            is_placed: false,
            shared: 0,
        });
    }
    having.retain(|_, functions| functions.len() < COMMON);
    let mut order = Vec::with_capacity(bodies.len());
    let mut last_pieces = 0;
    loop {
        let left = functions.iter().enumerate().filter(|(_, it)| !it.is_placed);
        let next = left.max_by_key(|(_, it)| (it.likeness(last_pieces), it.length));
        let Some(next) = next.map(|(function, _)| function) else {
            return order;
        };
        order.push(next);
        let mut pieces = Vec::new();
        for (function, it) in functions.iter_mut().enumerate() {
            it.shared = 0;
            if function == next {
                it.is_placed = true;
                pieces = std::mem::take(&mut it.pieces);
            }
        }
        last_pieces = pieces.len();
        for other in pieces
            .iter()
            .filter_map(|piece| having.get(piece))
            .flatten()
        {
            if let Some(other) = functions.get_mut(*other) {
                other.shared += 1;
            }
        }
    }
}

/// Each piece of a function once.
fn pieces(body: &[u8]) -> Vec<&[u8]> {
    let mut pieces: Vec<&[u8]> = body.windows(PIECE_BYTES).collect();
    pieces.sort_unstable();
    pieces.dedup();
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{
        ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function,
        Instruction, RefType, TableSection, TableType, TypeSection,
    };

    #[test]
    fn each_function_is_followed_by_the_one_most_like_it() {
        let bodies: [&[u8]; 5] = [b"abcdefgh", b"01234567890", b"abcdefgx", b"0123456", b"zz"];
        assert_eq!(order(&bodies), [1, 3, 2, 0, 4]);
    }

    /// One imported function, then functions of these bodies; the last one is exported, called by
    /// the one before it and in the table.
    fn module(bodies: &[&[Instruction<'_>]]) -> Vec<u8> {
        let last = u32::try_from(bodies.len()).unwrap();
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        imports.import("m", "f", EntityType::Function(0));
        let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
        for body in bodies {
            functions.function(0);
            let mut function = Function::new([]);
            for instruction in *body {
                function.instruction(instruction);
            }
            function.instruction(&Instruction::End);
            code.function(&function);
        }
        let mut tables = TableSection::new();
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: 1,
            maximum: None,
            shared: false,
        });
        let mut exports = ExportSection::new();
        exports.export("last", ExportKind::Func, last);
        let mut elements = ElementSection::new();
        elements.active(
            None,
            &ConstExpr::i32_const(0),
            Elements::Functions([last][..].into()),
        );
        let mut module = Module::new();
        module
            .section(&types)
            .section(&imports)
            .section(&functions)
            .section(&tables);
        module.section(&exports).section(&elements).section(&code);
        module.finish()
    }

    #[test]
    fn whoever_named_a_function_names_it_still() {
        use Instruction::{Call, Nop};
        // The longest comes first: the last one gets number 1, and the others follow it.
        let nops = [const { Nop }; 9];
        let before = module(&[&[Call(0)], &[Call(3)], &nops]);
        let after = alike_together(&before).unwrap();
        let moved = module(&[&nops, &[Call(1)], &[Call(0)]]);
        let code = |wasm: &[u8]| -> Vec<Vec<u8>> {
            let payloads = Parser::new(0).parse_all(wasm);
            payloads
                .filter_map(|payload| match payload.unwrap() {
                    Payload::CodeSectionEntry(body) => Some(body.as_bytes().to_vec()),
                    _ => None,
                })
                .collect()
        };
        assert_eq!(code(&after), code(&moved));
        for payload in Parser::new(0).parse_all(&after) {
            match payload.unwrap() {
                Payload::ExportSection(exports) => {
                    let export = exports.into_iter().next().unwrap().unwrap();
                    assert_eq!(export.index, 1);
                }
                Payload::ElementSection(elements) => {
                    let element = elements.into_iter().next().unwrap().unwrap();
                    let wasmparser::ElementItems::Functions(functions) = element.items else {
                        panic!("there are functions in the table");
                    };
                    assert_eq!(functions.into_iter().next().unwrap().unwrap(), 1);
                }
                _ => {}
            }
        }
    }

    #[test]
    fn imports_stand_in_the_order_of_their_numbers() {
        use Instruction::{Call, End};
        let module = |names: [&str; 3], call| {
            let mut types = TypeSection::new();
            types.ty().function([], []);
            let mut imports = ImportSection::new();
            for name in names {
                imports.import("m", name, EntityType::Function(0));
            }
            let mut functions = FunctionSection::new();
            functions.function(0);
            let mut function = Function::new([]);
            function.instruction(&Call(call)).instruction(&Call(3));
            let mut code = CodeSection::new();
            code.function(function.instruction(&End));
            let mut module = Module::new();
            module.section(&types).section(&imports).section(&functions);
            module.section(&code);
            module.finish()
        };
        let after = alike_together(&module(["10", "9", "0"], 1)).unwrap();
        assert_eq!(after, module(["0", "9", "10"], 1));
        let after = alike_together(&module(["10", "9", "0"], 0)).unwrap();
        assert_eq!(after, module(["0", "9", "10"], 2));
    }
}
