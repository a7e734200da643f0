using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.CreditLines;

/// <summary>Sets and lists credit lines.</summary>
internal sealed class CreditLineDesk(
    MarketplaceDbContext db,
    ActorContext actor,
    Lending lending,
    IPartyNames names,
    IChangeFeed changes,
    TimeProvider time
) : ICreditLines
{
    private const int MaxReason = 300;
    private const decimal MaxAmount = 1_000_000_000m;

    public static readonly KeySorting<CreditLineRow> Sorting = KeySorting<CreditLineRow>
        .NewestFirst("setAt", l => l.PartyId)
        .By("amount", l => l.Currency, l => l.Amount);

    public async Task<Outcome<CreditLineView>> SetAsync(SetCreditLine request, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        List<FieldError> errors = [];
        if (Currency.TryParse(request.Currency) is not { } currency)
            return BillingEndpoints.UnknownCurrency("/currency", request.Currency);
        if (request.Amount is < 0 or > MaxAmount || Money.From(request.Amount, currency) is var limit && limit.RoundToExponent() != limit)
            errors.Add(
                new(
                    "/amount",
                    "The credit line is out of range or not in whole coins.",
                    "Enter zero to end it, or an amount up to a billion."
                )
            );
        if (string.IsNullOrWhiteSpace(request.Reason) || request.Reason.Trim().Length > MaxReason)
            errors.Add(
                new(
                    "/reason",
                    "The reason is missing or too long.",
                    "Say why the customer gets it, for example the number of its contract."
                )
            );
        if (string.IsNullOrEmpty(request.PartyId) || await names.NameAsync(request.PartyId, ct) is null)
            errors.Add(new("/partyId", $"There is no organisation '{request.PartyId}'.", "Choose the customer that buys on invoice."));
        if (errors.Count > 0)
            return Problem.Invalid(errors);
        CreditLineRow row = await db.InTransactionAsync(t => SaveAsync(request, Money.From(request.Amount, currency), t), ct);
        return await ViewAsync(row, ct);
    }

    private async Task<CreditLineRow> SaveAsync(SetCreditLine request, Money limit, CancellationToken ct)
    {
        await db.TakeTurnAsync("credit-lines", ct);
        string reason = request.Reason.Trim();
        CreditLineRow? row = await db.Set<CreditLineRow>()
            .SingleOrDefaultAsync(l => l.PartyId == request.PartyId && l.Currency == limit.Currency.Code, ct);
        if (row is not null && row.Amount == limit.Micros && row.Reason == reason)
            return row;
        if (row is null)
        {
            row = new CreditLineRow
            {
                PartyId = request.PartyId,
                Currency = limit.Currency.Code,
                Amount = limit.Micros,
                Reason = reason,
                SetAt = time.GetUtcNow(),
            };
            db.Add(row);
        }
        else
            (row.Amount, row.Reason, row.SetAt) = (limit.Micros, reason, time.GetUtcNow());
        db.Audit("credit-line.set", "organisation", request.PartyId, $"{limit}: {reason}");
        changes.Announce($"party:{request.PartyId}");
        await db.SaveChangesAsync(ct);
        return row;
    }

    public async Task<Outcome<Page<CreditLineView>>> ListAsync(PageQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (actor.Current.Check(Permission.MoneyRead) is { } refused)
            return refused;
        IQueryable<CreditLineRow> lines = db.Set<CreditLineRow>().AsNoTracking();
        if (!string.IsNullOrWhiteSpace(query.Search))
            lines = lines.Where(l => l.PartyId == query.Search.Trim());
        long? total = query.Cursor is null ? await lines.LongCountAsync(ct) : null;
        Page<CreditLineRow> page = await Sorting.PageAsync(lines, query, total, ct);
        var views = new Dictionary<CreditLineRow, CreditLineView>();
        foreach (CreditLineRow row in page.Items)
            views[row] = await ViewAsync(row, ct);
        return page.Select(row => views[row]);
    }

    private async Task<CreditLineView> ViewAsync(CreditLineRow row, CancellationToken ct)
    {
        Currency currency = Currency.Parse(row.Currency);
        Lent lent = await lending.OfAsync(row.PartyId, currency, ct);
        return new CreditLineView(
            row.PartyId,
            await names.NameAsync(row.PartyId, ct) ?? row.PartyId,
            new Money(row.Amount, currency),
            new Money(lent.Owed, currency),
            row.Reason,
            row.SetAt
        );
    }
}
