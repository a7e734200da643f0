namespace Marketplace.Billing.Credits;

/// <summary>What is left of a grant, in micro-units.</summary>
internal readonly record struct OpenGrant(string Id, DateTimeOffset? ExpiresAt, long Remaining);

/// <summary>
/// In which order promotional credit is used: the grant that ends first, those without an end last, the older first. Pure. The ledger has
/// one promotional balance per customer; what left it since last time is shared out among the grants that were there.
/// </summary>
internal static class GrantUse
{
    public static IReadOnlyList<OpenGrant> InOrder(IEnumerable<OpenGrant> grants) =>
        [.. grants.OrderBy(g => g.ExpiresAt is null).ThenBy(g => g.ExpiresAt).ThenBy(g => g.Id, StringComparer.Ordinal)];

    /// <summary>Shares out what was used since it was last written down.</summary>
    /// <param name="there">The customer's promotional credit, free and set aside for orders.</param>
    /// <returns>The use of each grant that was used, in order.</returns>
    /// <exception cref="InvalidOperationException">More is there than grants leave: a grant has no row.</exception>
    public static IReadOnlyList<(string Id, long Used)> Allot(IEnumerable<OpenGrant> grants, long there)
    {
        IReadOnlyList<OpenGrant> ordered = InOrder(grants);
        long used = checked(ordered.Sum(g => g.Remaining) - there);
        if (used < 0)
            throw new InvalidOperationException($"Grants leave {-used} micro-units less than there is.");
        List<(string, long)> shares = [];
        foreach (OpenGrant grant in ordered)
        {
            long share = Math.Min(grant.Remaining, used);
            if (share > 0)
                shares.Add((grant.Id, share));
            used -= share;
        }
        return shares;
    }

    /// <summary>What ends now. Credit set aside for orders is what would be used first, so it is taken from the grants that end first, and does not end.</summary>
    /// <param name="grants">After <see cref="Allot"/>.</param>
    public static IReadOnlyList<(string Id, long Expired)> Expire(IEnumerable<OpenGrant> grants, long setAside, DateTimeOffset now)
    {
        List<(string, long)> ended = [];
        foreach (OpenGrant grant in InOrder(grants).Where(g => g.ExpiresAt <= now))
        {
            long kept = Math.Min(grant.Remaining, setAside);
            setAside -= kept;
            if (grant.Remaining > kept)
                ended.Add((grant.Id, grant.Remaining - kept));
        }
        return ended;
    }
}
