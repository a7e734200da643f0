using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Payouts;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Marketplace.Billing.Credits;

/// <summary>Voucher campaigns of the network desk.</summary>
internal sealed class Campaigns(MarketplaceDbContext db, ActorContext actor, IdFactory ids, TimeProvider time)
{
    private const int MaxName = 100;
    private const int MaxCodes = 10_000;
    private const int MaxRedemptions = 1_000_000;
    private const int MaxDays = 3_650;
    private const decimal MaxAmount = 1_000_000m;

    public static readonly KeySorting<CampaignRow> Sorting = KeySorting<CampaignRow>.NewestFirst("createdAt", c => c.Id);

    public async Task<Outcome<NewCampaign>> CreateAsync(CampaignRequest request, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        if (Check(request) is { Count: > 0 } errors)
            return Problem.Invalid(errors);
        string[] codes = [.. Enumerable.Range(0, request.Codes).Select(_ => VoucherCode.New())];
        var made = await db.InTransactionAsync(t => SaveAsync(request, codes, t), ct, o => o.IsOk);
        return made.Map(campaign => new NewCampaign(campaign, codes));
    }

    internal static IReadOnlyList<FieldError> Check(CampaignRequest request)
    {
        List<FieldError> errors = [];
        void Need(bool right, string field, string message, string fix)
        {
            if (!right)
                errors.Add(new FieldError("/" + field, message, fix));
        }
        var currency = Currency.TryParse(request.Currency);
        Need(
            !string.IsNullOrWhiteSpace(request.Name) && request.Name.Trim().Length <= MaxName,
            "name",
            $"A campaign has a name of 1 to {MaxName} characters.",
            "Enter a name; customers see it."
        );
        Need(currency is not null, "currency", $"'{request.Currency}' is not traded here.", "Use CNY, USD or EUR.");
        Need(
            IsAmount(request.Amount, currency) && request.Amount > 0,
            "amount",
            "The amount must be more than zero, in whole coins.",
            "Enter another amount."
        );
        Need(request.ValidTo > request.ValidFrom, "validTo", "The end lies before the beginning.", "Choose a later end.");
        Need(request.Codes is > 0 and <= MaxCodes, "codes", $"A campaign has 1 to {MaxCodes} codes.", "Enter another number.");
        Need(
            request.MaxRedemptions is > 0 and <= MaxRedemptions,
            "maxRedemptions",
            $"Between 1 and {MaxRedemptions} redemptions can be allowed.",
            "Enter another number."
        );
        Need(
            request.MaxPerCustomer > 0 && request.MaxPerCustomer <= Math.Max(1, request.MaxRedemptions),
            "maxPerCustomer",
            "A customer can redeem at least once and at most as often as all together.",
            "Enter another number."
        );
        Need(
            IsAmount(request.MinimumSpend, currency),
            "minimumSpend",
            "The minimum spend is zero or more, in whole coins.",
            "Enter another amount."
        );
        Need(
            request.CreditDays is null or (> 0 and <= MaxDays),
            "creditDays",
            $"Credit lives 1 to {MaxDays} days, or without an end.",
            "Enter another number, or leave it out."
        );
        return errors;
    }

    private static bool IsAmount(decimal amount, Currency? currency) =>
        amount is >= 0 and <= MaxAmount && decimal.Round(amount, currency?.Exponent ?? 2) == amount;

    private async Task<Outcome<CampaignView>> SaveAsync(CampaignRequest request, string[] codes, CancellationToken ct)
    {
        string name = request.Name.Trim();
        await db.TakeTurnAsync("voucher-campaign:" + name, ct);
        if (await db.Set<CampaignRow>().AnyAsync(c => c.Name == name, ct))
            return Problem.Conflict(
                "campaign-exists",
                $"There is a campaign '{name}'. Its codes were shown when it was made; choose another name."
            );
        var currency = Currency.Parse(request.Currency);
        var row = new CampaignRow
        {
            Id = ids.New(IdPrefix.Campaign),
            Name = name,
            Currency = currency.Code,
            Amount = Money.From(request.Amount, currency).Micros,
            ValidFrom = request.ValidFrom.ToUniversalTime(),
            ValidTo = request.ValidTo.ToUniversalTime(),
            Codes = codes.Length,
            UsesPerCode = codes.Length == 1 ? request.MaxRedemptions : 1,
            MaxRedemptions = request.MaxRedemptions,
            MaxPerCustomer = request.MaxPerCustomer,
            MinimumSpend = Money.From(request.MinimumSpend, currency).Micros,
            NewCustomersOnly = request.NewCustomersOnly,
            CreditDays = request.CreditDays,
            CreatedBy = PayoutStore.Who(actor.Current),
            CreatedAt = time.GetUtcNow(),
        };
        db.Add(row);
        db.Audit("voucher.campaign-created", "voucher campaign", row.Id, $"{name}: {codes.Length} × {new Money(row.Amount, currency)}");
        await db.SaveChangesAsync(ct);
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add(
            "insert into billing.voucher_code (code_hash, campaign_id) select c, $2 from unnest($1) c",
            (byte[][])[.. codes.Select(VoucherCode.Hash)],
            row.Id
        );
        await batch.ExecuteNonQueryAsync(ct);
        return View(row);
    }

    public async Task<Outcome<Page<CampaignView>>> ListAsync(PageQuery query, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformRead) is { } refused)
            return refused;
        IQueryable<CampaignRow> campaigns = db.Set<CampaignRow>().AsNoTracking();
        if (!string.IsNullOrWhiteSpace(query.Search))
            campaigns = campaigns.Where(c => EF.Functions.ILike(c.Name, $"%{query.Search.Trim()}%"));
        long? total = query.Cursor is null ? await campaigns.LongCountAsync(ct) : null;
        return (await Sorting.PageAsync(campaigns, query, total, ct)).Select(View);
    }

    public async Task<Outcome<CampaignView>> CloseAsync(string campaignId, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        return await db.InTransactionAsync<Outcome<CampaignView>>(
            async t =>
            {
                if (await LockAsync(campaignId, t) is not { } row)
                    return Problem.NotFound("voucher campaign", campaignId);
                if (row.ClosedAt is null)
                {
                    row.ClosedAt = time.GetUtcNow();
                    db.Audit("voucher.campaign-closed", "voucher campaign", row.Id, row.Name);
                }
                return View(row);
            },
            ct,
            o => o.IsOk
        );
    }

    /// <summary>Tracked and locked: redemptions of one campaign take turns, so that its limits hold exactly.</summary>
    public Task<CampaignRow?> LockAsync(string campaignId, CancellationToken ct) =>
        db.Set<CampaignRow>()
            .FromSql($"select * from billing.voucher_campaign where id = {campaignId} for no key update")
            .AsTracking()
            .SingleOrDefaultAsync(ct);

    private static CampaignView View(CampaignRow row)
    {
        var currency = Currency.Parse(row.Currency);
        return new CampaignView(
            row.Id,
            row.Name,
            new Money(row.Amount, currency),
            row.ValidFrom,
            row.ValidTo,
            row.Codes,
            row.Redemptions,
            row.MaxRedemptions,
            row.MaxPerCustomer,
            new Money(row.MinimumSpend, currency),
            row.NewCustomersOnly,
            row.CreditDays,
            row.CreatedAt,
            row.ClosedAt
        );
    }
}
