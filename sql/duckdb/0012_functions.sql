-- What ClickHouse has under the same name and DuckDB has not, with the same meaning.

-- All words of `needle` are words of `haystack`. Words are cut at ASCII characters that are neither letter nor digit,
-- as ClickHouse's text index with splitByNonAlpha cuts them, and compared without case.
CREATE MACRO hasAllTokens(haystack, needle) AS list_has_all(
    string_split_regex(lower(haystack), '[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+'),
    list_filter(string_split_regex(lower(needle), '[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+'), lambda word: word != ''));
