using Marketplace.Platform.Monetary;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

/// <param name="Id">The code, a tilde and the currency: <c>customer.available:org_1~CNY</c>.</param>
/// <param name="PartyId">Whose it is; empty for the network's own and for taxes.</param>
/// <param name="Balance">Positive on the side its class grows on.</param>
public sealed record AccountView(
    string Id,
    string Code,
    string Class,
    string PartyId,
    string Currency,
    Money Debits,
    Money Credits,
    Money Balance
);

public sealed record AccountQuery : PageQuery
{
    /// <summary><c>asset</c>, <c>liability</c>, <c>income</c> or <c>expense</c>.</summary>
    public string? Class { get; init; }
    public string? Currency { get; init; }

    /// <summary>Whose accounts.</summary>
    public string? PartyId { get; init; }
}

/// <summary>
/// What one journal did to one account, against one other account. For a party, what went between its account and other parties in a journal
/// is one row. Who and why are for those who see all; for a party they are null.
/// </summary>
/// <param name="Line">The journal's first line it stands for.</param>
/// <param name="OtherAccount">The code of the other side.</param>
/// <param name="Debit">Zero when the account was credited.</param>
/// <param name="Credit">Zero when the account was debited.</param>
/// <param name="Balance">The account's balance after it, positive on the side its class grows on.</param>
public sealed record AccountLegView(
    string JournalId,
    int Line,
    string Kind,
    string Source,
    string? GroupId,
    string OtherAccount,
    Money Debit,
    Money Credit,
    Money Balance,
    DateTimeOffset EffectiveAt,
    DateTimeOffset RecordedAt,
    string? Actor,
    string? Reason
);
