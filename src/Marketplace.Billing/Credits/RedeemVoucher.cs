using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Api.Problems;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Marketplace.Billing.Credits;

/// <summary>Turns a code into promotional credit.</summary>
internal sealed class RedeemVoucher(
    MarketplaceDbContext db,
    ActorContext actor,
    Campaigns campaigns,
    Grants grants,
    IdFactory ids,
    IOptions<CreditOptions> options,
    TimeProvider time
)
{
    private const string Unknown = "voucher-unknown";
    private const int MaxKey = 200;
    private const int MaxCode = 100;
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    public async Task<Outcome<RedemptionView>> RedeemAsync(string code, string idempotencyKey, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.MoneyWrite) is { } refused)
            return refused;
        if (actor.Current.PartyId.Length == 0 || !actor.Current.Is(PartyKinds.Customer))
            return Problem.Forbidden("Vouchers are redeemed by customers. Act for one.");
        if (string.IsNullOrWhiteSpace(code) || code.Length > MaxCode)
            return Problem.Invalid("/code", "A code is missing.", "Enter the code as it was given to you.");
        if (string.IsNullOrEmpty(idempotencyKey) || idempotencyKey.Length > MaxKey)
            return Problem.Invalid("", $"An idempotency key of 1 to {MaxKey} characters is needed.", "Send the header Idempotency-Key.");
        // A code that is none leaves its trace, so that one is committed too.
        return await db.InTransactionAsync(t => TryAsync(code, idempotencyKey, t), ct, o => o.IsOk || o.Problem.Code == Unknown);
    }

    private async Task<Outcome<RedemptionView>> TryAsync(string code, string key, CancellationToken ct)
    {
        string party = actor.Current.PartyId;
        await db.TakeTurnAsync("voucher:" + party, ct);
        DateTimeOffset now = time.GetUtcNow();
        byte[] hash = VoucherCode.Hash(code);
        if (
            await db.Set<RedemptionRow>().AsNoTracking().SingleOrDefaultAsync(r => r.PartyId == party && r.IdempotencyKey == key, ct) is
            { } there
        )
        {
            return there.CodeHash.AsSpan().SequenceEqual(hash)
                ? View(there, await db.Set<CampaignRow>().AsNoTracking().SingleAsync(c => c.Id == there.CampaignId, ct))
                : Problem.KeyReused();
        }
        if (await TooManyAsync(party, now, ct) is { } tooMany)
            return tooMany;
        var found = await db.ReadAsync(
            "select campaign_id from billing.voucher_code where code_hash = $1",
            r => r.GetString(0),
            ct,
            (object)hash
        );
        if (found.Count == 0)
        {
            await ExecuteAsync("insert into billing.voucher_attempt (party_id, attempted_at) values ($1, $2)", ct, party, now);
            return new Problem(
                ProblemKind.NotFound,
                Unknown,
                "Not found",
                "There is no voucher with this code. Compare it with the one you were given."
            );
        }
        CampaignRow campaign = (await campaigns.LockAsync(found[0], ct))!;
        if (VoucherRule.Refusal(campaign, await UseAsync(campaign, hash, party, ct), now) is { } refusal)
            return refusal;
        return await PostAsync(campaign, hash, party, key, now, ct);
    }

    private async Task<Outcome<RedemptionView>> PostAsync(
        CampaignRow campaign,
        byte[] hash,
        string party,
        string key,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        string id = ids.New(IdPrefix.Redemption);
        var amount = new Money(campaign.Amount, Currency.Parse(campaign.Currency));
        Posted posted = await grants.PostAsync(
            Postings.Voucher(id, party, amount, now),
            new NewGrant(party, amount, "voucher", campaign.Name, VoucherRule.ExpiresAt(campaign, now)),
            ct
        );
        var row = new RedemptionRow
        {
            Id = id,
            CampaignId = campaign.Id,
            CodeHash = hash,
            PartyId = party,
            Currency = campaign.Currency,
            Amount = campaign.Amount,
            IdempotencyKey = key,
            JournalId = posted.JournalId,
            RedeemedAt = now,
        };
        db.Add(row);
        campaign.Redemptions = checked(campaign.Redemptions + 1);
        await ExecuteAsync("update billing.voucher_code set redemptions = redemptions + 1 where code_hash = $1", ct, hash);
        db.Audit("voucher.redeemed", "voucher campaign", campaign.Id, $"{campaign.Name}: {amount}");
        return View(row, campaign);
    }

    private async Task<Problem?> TooManyAsync(string party, DateTimeOffset now, CancellationToken ct)
    {
        int most = options.Value.VoucherAttemptsPerHour;
        var recent = await db.ReadAsync(
            "select attempted_at from billing.voucher_attempt where party_id = $1 and attempted_at > $2 order by attempted_at desc limit $3",
            r => r.Instant(0),
            ct,
            party,
            now - Window,
            most
        );
        if (recent.Count < most)
            return null;
        return ApiProblems.RateLimited(recent[^1] + Window - now);
    }

    private async Task<VoucherUse> UseAsync(CampaignRow campaign, byte[] hash, string party, CancellationToken ct) =>
        (
            await db.ReadAsync(
                """
                select (select redemptions from billing.voucher_code where code_hash = $1),
                       (select count(*) from billing.voucher_redemption where campaign_id = $2 and party_id = $3),
                       coalesce((select sum(net + tax) from billing.contract_cost where customer_id = $3 and currency = $4), 0)::bigint,
                       exists (select from billing.contract_cost where customer_id = $3 and net > 0)
                """,
                r => new VoucherUse(r.GetInt32(0), r.GetInt64(1), r.GetInt64(2), r.GetBoolean(3)),
                ct,
                hash,
                campaign.Id,
                party,
                campaign.Currency
            )
        ).Single();

    private async Task ExecuteAsync(string sql, CancellationToken ct, params object[] parameters)
    {
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add(sql, parameters);
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static RedemptionView View(RedemptionRow row, CampaignRow campaign) =>
        new(
            row.Id,
            campaign.Name,
            new Money(row.Amount, Currency.Parse(row.Currency)),
            row.RedeemedAt,
            VoucherRule.ExpiresAt(campaign, row.RedeemedAt)
        );
}

/// <summary>What was done with a code and by a customer before.</summary>
/// <param name="Spent">What the customer was charged, tax included, in micro-units of the campaign's currency.</param>
internal readonly record struct VoucherUse(int OfCode, long ByCustomer, long Spent, bool HasBought);

/// <summary>Whether a voucher counts. Pure.</summary>
internal static class VoucherRule
{
    public static DateTimeOffset? ExpiresAt(CampaignRow campaign, DateTimeOffset redeemedAt) =>
        campaign.CreditDays is { } days ? redeemedAt.AddDays(days) : null;

    /// <returns>null when it counts.</returns>
    public static Problem? Refusal(CampaignRow campaign, VoucherUse use, DateTimeOffset now)
    {
        if (campaign.ClosedAt is not null || now >= campaign.ValidTo)
            return Problem.Conflict("voucher-not-valid", "This voucher is no longer valid.");
        if (now < campaign.ValidFrom)
            return Problem.Conflict("voucher-not-valid", $"This voucher is valid from {campaign.ValidFrom:yyyy-MM-dd} on.");
        if (use.ByCustomer >= campaign.MaxPerCustomer)
            return Problem.Conflict("voucher-used", "Your organisation has redeemed this campaign's voucher already.");
        if (use.OfCode >= campaign.UsesPerCode || campaign.Redemptions >= campaign.MaxRedemptions)
            return Problem.Conflict("voucher-used-up", "This voucher is used up.");
        if (campaign.NewCustomersOnly && use.HasBought)
            return Problem.Conflict("voucher-conditions", "This voucher is for new customers.");
        var minimum = new Money(campaign.MinimumSpend, Currency.Parse(campaign.Currency));
        return use.Spent < minimum.Micros
            ? Problem.Conflict("voucher-conditions", $"This voucher counts once you have spent {minimum}.")
            : null;
    }
}
