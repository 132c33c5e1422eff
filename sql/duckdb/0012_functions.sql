-- What ClickHouse has under the same name and DuckDB has not, with the same meaning.

CREATE MACRO lowerUTF8(said) AS lower(said);

-- Words as ClickHouse's text index with splitByNonAlpha cuts them: at ASCII characters that are neither letter nor
-- digit. Letters of the English alphabet are made small, as its preprocessor does; others stay.
CREATE MACRO tokens_of(said) AS list_filter(
    string_split_regex(
        translate(said, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'),
        '[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+'),
    lambda word: word != '');

-- All words of `needle` are words of `haystack`; never when `needle` has none.
CREATE MACRO hasAllTokens(haystack, needle) AS
    len(tokens_of(needle)) > 0 AND list_has_all(tokens_of(haystack), tokens_of(needle));
