using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

/// <summary>What the network lends a customer that buys on invoice.</summary>
/// <param name="Limit">Zero when it has ended.</param>
/// <param name="Used">Lent for what is ordered and runs, charged without cover, or open on invoices.</param>
public sealed record CreditLineView(string PartyId, string PartyName, Money Limit, Money Used, string Reason, DateTimeOffset SetAt)
{
    /// <summary>What can still be ordered on it.</summary>
    public Money Left => Used < Limit ? Limit - Used : Money.Zero(Limit.Currency);
}

/// <param name="Amount">In main units; zero ends the line, and what is lent stays owed.</param>
/// <param name="Currency">ISO 4217 code of the amount.</param>
/// <param name="Reason">1 to 300 characters; stays in the audit trail.</param>
public sealed record SetCreditLine(string PartyId, decimal Amount, string Currency, string Reason);

/// <summary>Lines of credit: a customer orders beyond its own credit and pays by invoice.</summary>
public interface ICreditLines
{
    /// <summary>Sets a customer's line; the network desk only. The same again changes nothing.</summary>
    Task<Outcome<CreditLineView>> SetAsync(SetCreditLine request, CancellationToken ct);

    /// <summary>The acting party's lines; every party's for the network desk. Needs the right to read money.</summary>
    Task<Outcome<Page<CreditLineView>>> ListAsync(PageQuery query, CancellationToken ct);
}
