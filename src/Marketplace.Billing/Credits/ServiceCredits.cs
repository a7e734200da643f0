using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Payouts;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Credits;

/// <summary>Reads service credits, each party its own part, and decides proposals.</summary>
internal sealed class ServiceCredits(MarketplaceDbContext db, ActorContext actor, Grants grants, IChangeFeed changes, TimeProvider time)
    : IServiceCredits
{
    public const string Topic = "service-credits";
    private const int MaxReason = 300;

    public static readonly KeySorting<ServiceCreditRow> Sorting = KeySorting<ServiceCreditRow>.NewestFirst("proposedAt", s => s.Id);

    public async Task<Page<ServiceCreditView>> ListAsync(ServiceCreditQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        IQueryable<ServiceCreditRow> credits = db.Set<ServiceCreditRow>().AsNoTracking();
        // A proposal is the desk's until it is decided.
        if (!actor.Current.SeesAll)
            credits = credits.Where(s => s.State == ServiceCreditState.Posted);
        if (query.ContractId is { } contract)
            credits = credits.Where(s => s.ContractId == contract);
        if (query.State is { } state)
            credits = credits.Where(s => s.State == state);
        long? total = query.Cursor is null ? await credits.LongCountAsync(ct) : null;
        var page = await Sorting.PageAsync(credits, query, total, ct);
        string[] contracts = [.. page.Items.Select(s => s.ContractId).Distinct(StringComparer.Ordinal)];
        var descriptions = await db.Set<ContractTermsRow>()
            .AsNoTracking()
            .Where(t => contracts.Contains(t.ContractId))
            .ToDictionaryAsync(t => t.ContractId, t => t.Description, StringComparer.Ordinal, ct);
        return page.Select(s => View(s, descriptions.GetValueOrDefault(s.ContractId) ?? s.ContractId));
    }

    public async Task<Outcome<ServiceCreditView>> DecideAsync(
        string serviceCreditId,
        ServiceCreditDecision decision,
        string? reason,
        CancellationToken ct
    )
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        if (!Enum.IsDefined(decision))
            return Problem.Invalid("/decision", $"There is no decision {decision}.", "Use confirm, confirmByNetwork or reject.");
        string why = (reason ?? "").Trim();
        if (why.Length > MaxReason || (decision == ServiceCreditDecision.Reject && why.Length == 0))
            return Problem.Invalid("/reason", $"A reason of 1 to {MaxReason} characters is needed.", "Say why there is no credit.");
        return await db.InTransactionAsync(t => ApplyAsync(serviceCreditId, decision, why.Length == 0 ? null : why, t), ct, o => o.IsOk);
    }

    private async Task<Outcome<ServiceCreditView>> ApplyAsync(
        string serviceCreditId,
        ServiceCreditDecision decision,
        string? why,
        CancellationToken ct
    )
    {
        var row = await db.Set<ServiceCreditRow>()
            .FromSql($"select * from billing.service_credit where id = {serviceCreditId} for no key update")
            .AsTracking()
            .SingleOrDefaultAsync(ct);
        if (row is null)
            return Problem.NotFound("service credit", serviceCreditId);
        var terms = await db.Set<ContractTermsRow>().AsNoTracking().SingleAsync(t => t.ContractId == row.ContractId, ct);
        if (row.State != ServiceCreditState.Proposed)
        {
            return Same(row, decision)
                ? View(row, terms.Description)
                : Problem.Conflict("service-credit-decided", $"This service credit is {row.State} already.");
        }
        if (decision == ServiceCreditDecision.Reject)
            Decide(row, ServiceCreditState.Rejected, why);
        else
            await PostAsync(row, terms, decision == ServiceCreditDecision.ConfirmByNetwork, why, ct);
        foreach (
            string topic in new[]
            {
                Topic,
                $"contract:{row.ContractId}",
                $"party:{row.CustomerId}",
                $"party:{row.CenterId}",
                $"party:{row.OperatorId}",
            }
        )
            changes.Announce(topic);
        return View(row, terms.Description);
    }

    /// <summary>Posts a proposal; in the open transaction, on a locked row.</summary>
    private async Task PostAsync(ServiceCreditRow row, ContractTermsRow terms, bool byNetwork, string? why, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        var credit = new Money(row.Amount, Currency.Parse(row.Currency));
        string said = $"Service credit {row.PeriodStart:yyyy-MM}";
        JournalDraft draft;
        if (byNetwork)
        {
            (row.ByNetwork, row.CenterPart, row.OperatorPart, row.NetworkPart, row.TaxPart) = (true, 0, 0, row.Amount, 0);
            draft = Postings.ServiceCreditByNetwork(row.ContractId, row.CustomerId, credit, said, row.Id, now);
        }
        else
        {
            var parties = new ChargeParties(
                row.ContractId,
                row.CustomerId,
                row.OperatorId,
                row.CenterId,
                credit.Currency,
                terms.TaxJurisdiction,
                terms.HoldReference
            );
            draft = Postings.ServiceCredit(parties, ChargedOf(row), credit, said, row.Id, now);
        }
        Posted posted = await grants.PostAsync(
            draft,
            new NewGrant(row.CustomerId, credit, "service-credit", terms.Description, ExpiresAt: null),
            ct
        );
        row.JournalId = posted.JournalId;
        Decide(row, ServiceCreditState.Posted, why);
    }

    public static Share ChargedOf(ServiceCreditRow row) =>
        new(row.ChargedNet, row.ChargedTax, row.ChargedCenter, row.ChargedOperator, row.ChargedCommission);

    private void Decide(ServiceCreditRow row, ServiceCreditState to, string? why)
    {
        (row.State, row.Reason, row.DecidedBy, row.DecidedAt) = (to, why, PayoutStore.Who(actor.Current), time.GetUtcNow());
        db.Audit(
            to == ServiceCreditState.Posted ? "service-credit.confirmed" : "service-credit.rejected",
            "contract",
            row.ContractId,
            $"{new Money(row.Amount, Currency.Parse(row.Currency))}{(why is null ? "" : $": {why}")}"
        );
    }

    private static bool Same(ServiceCreditRow row, ServiceCreditDecision decision) =>
        decision switch
        {
            ServiceCreditDecision.Confirm => row is { State: ServiceCreditState.Posted, ByNetwork: false },
            ServiceCreditDecision.ConfirmByNetwork => row is { State: ServiceCreditState.Posted, ByNetwork: true },
            _ => row.State == ServiceCreditState.Rejected,
        };

    private ServiceCreditView View(ServiceCreditRow row, string description)
    {
        Actor by = actor.Current;
        // A party on several sides of its trade reads it as the customer.
        long own =
            by.SeesAll || row.CustomerId == by.PartyId ? row.Amount
            : row.CenterId == by.PartyId ? row.CenterPart
            : row.OperatorPart;
        return new ServiceCreditView(
            row.Id,
            row.ContractId,
            description,
            row.PeriodStart,
            ServiceCreditRule.Availability(TimeSpan.FromSeconds(row.ServedSeconds), TimeSpan.FromSeconds(row.DownSeconds)),
            TimeSpan.FromSeconds(row.DownSeconds),
            row.Fraction,
            new Money(own, Currency.Parse(row.Currency)),
            row.ByNetwork,
            row.State,
            by.SeesAll ? row.Reason : null,
            row.ProposedAt,
            row.DecidedAt
        );
    }
}
