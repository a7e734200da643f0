using Marketplace.Platform.Api.Results;

namespace Marketplace.Billing.Ledger;

/// <summary>
/// How accounts are sorted: each order is one text that ends with the account's own key, so it is total. An account is known by code and
/// currency, in that order.
/// </summary>
/// <param name="Sort">As in the query, with a leading minus for descending.</param>
/// <param name="KeySql">The text sorted by, over <c>billing.account</c>.</param>
internal sealed record AccountOrder(string Sort, string KeySql)
{
    /// <summary>An account's id, over <c>billing.account</c>; see <see cref="Contracts.AccountView"/>.</summary>
    public const string Id = "code || '~' || currency";

    public static readonly IReadOnlyList<string> Fields = ["code", "class", "currency", "party"];

    public bool Descending => Sort[0] == '-';

    /// <summary>By code when nothing is asked.</summary>
    /// <exception cref="ArgumentException">There is no such field: the door lets no such request in.</exception>
    public static AccountOrder Parse(string? sort)
    {
        string asked = string.IsNullOrEmpty(sort) ? "code" : sort;
        return new AccountOrder(
            asked,
            (asked[0] == '-' ? asked[1..] : asked) switch
            {
                "code" => Id,
                "class" => $"class || '/' || {Id}",
                "currency" => $"currency || '/' || {Id}",
                "party" => $"party_id || '/' || {Id}",
                _ => throw new ArgumentException($"Cannot sort by '{sort}'. Use one of: {string.Join(", ", Fields)}.", nameof(sort)),
            }
        );
    }

    public string CursorOf(string key) => Cursor.Encode(Sort, key);

    public bool IsCursor(string cursor) => Cursor.Decode(cursor, 2) is { IsOk: true, Value: var keys } && keys[0] == Sort;

    /// <summary>The key to go on after; null for the first page.</summary>
    /// <exception cref="ArgumentException">The cursor is none of this order.</exception>
    public string? After(string? cursor) =>
        cursor is null ? null
        : IsCursor(cursor) ? Cursor.Decode(cursor, 2).Value[1]
        : throw new ArgumentException("This is not a cursor of this list.", nameof(cursor));
}
