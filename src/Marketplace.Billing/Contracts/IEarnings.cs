using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Billing.Contracts;

/// <summary>Which earnings to add up, from the ledger by the time they were booked, as the statement does.</summary>
/// <param name="Role"><c>center</c> or <c>operator</c>.</param>
/// <param name="By">One of <see cref="CostGroupings.All"/> that the role knows.</param>
/// <param name="From">Inclusive.</param>
/// <param name="To">Exclusive; at most 400 days after <paramref name="From"/>.</param>
public sealed record EarningsQuery(string Role, string By, Currency Currency, DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>Each group by day in UTC.</summary>
    public bool Daily { get; init; }
}

/// <summary>What one group earned, and of what: the parts add up to <see cref="Earned"/>.</summary>
/// <param name="Key">As <see cref="CostGroup.Key"/>; empty for what belongs to no contract.</param>
/// <param name="Usage">Charges and their corrections, reserved capacity included.</param>
/// <param name="ServiceCredits">Given back for faults; zero or less.</param>
/// <param name="CreditNotes">Given back by credit notes; zero or less.</param>
/// <param name="Other">Anything else that was booked, as a reversal.</param>
/// <param name="CardHours">Used by what was charged.</param>
public sealed record EarningsGroup(string Key, Money Usage, Money ServiceCredits, Money CreditNotes, Money Other, decimal CardHours)
{
    /// <summary>Set where each group is told by day.</summary>
    public DateOnly? Day { get; init; }

    public Money Earned => Usage + ServiceCredits + CreditNotes + Other;

    /// <summary>
    /// What customers paid before tax and how it was divided, with everything that was given back taken off; only for the operator. Retail less
    /// wholesale less commission is <see cref="Earned"/>.
    /// </summary>
    public TradeSplit? Split { get; init; }
}

/// <param name="PaidOut">What left for the bank less what came back; zero or less.</param>
public sealed record EarningsReport(EarningsQuery Query, IReadOnlyList<EarningsGroup> Groups, Money PaidOut)
{
    public Money Earned => Groups.Aggregate(Money.Zero(Query.Currency), (sum, g) => sum + g.Earned);

    /// <summary>The statement's closing less its opening balance of the same period, to the micro-unit.</summary>
    public Money Movement => Earned + PaidOut;
}

/// <summary>What the acting center or operator earned, straight from the legs.</summary>
public interface IEarnings
{
    /// <summary>Fails with the parameter and the fix.</summary>
    Task<Outcome<EarningsReport>> ReportAsync(EarningsQuery query, CancellationToken ct);
}
