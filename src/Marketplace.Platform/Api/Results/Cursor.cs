using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Marketplace.Platform.Api.Problems;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Platform.Api.Results;

/// <summary>Opaque page cursors: the sort keys of the last row, which callers pass back unread.</summary>
public static class Cursor
{
    public static string Encode(params string[] keys) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(keys));

    /// <summary>The keys of a cursor.</summary>
    /// <param name="count">How many keys this list's cursors have.</param>
    public static Outcome<string[]> Decode(string cursor, int count)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        try
        {
            if (
                JsonSerializer.Deserialize<string[]>(Base64Url.DecodeFromChars(cursor)) is { } keys
                && keys.Length == count
                && keys.All(k => k is not null)
            )
                return keys;
        }
        catch (Exception e) when (e is FormatException or JsonException or DecoderFallbackException)
        {
            return Wrong;
        }
        return Wrong;
    }

    private static Problem Wrong =>
        ApiProblems.Malformed(
            "?cursor",
            "This cursor is not one of this list.",
            "Pass nextCursor of the page before, unchanged, or leave it out to start over."
        );
}
