using System.Security.Cryptography;
using System.Text.Json;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Projects;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Budgets;

/// <summary>Makes, changes and ends budgets. Reading is <see cref="BudgetList"/>'s.</summary>
internal sealed class BudgetDesk(
    MarketplaceDbContext db,
    ActorContext actor,
    BudgetViews views,
    BudgetWatch watch,
    IProjects projects,
    IMemberNames members,
    IdFactory ids,
    IChangeFeed changes,
    TimeProvider time
)
{
    /// <summary>All budgets of a currency are judged at every order.</summary>
    public const int MaxBudgets = 200;

    public async Task<Outcome<BudgetView>> CreateAsync(CreateBudget request, string idempotencyKey, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentException.ThrowIfNullOrEmpty(idempotencyKey);
        if (Refused() is { } refused)
            return refused;
        if (BudgetRules.Check(request, Today) is { } invalid)
            return invalid;
        var scoped = await ScopeAsync(request, ct);
        if (!scoped.IsOk)
            return scoped.Problem;
        return await db.InTransactionAsync(t => StoreAsync(request, scoped.Value, idempotencyKey, t), ct, o => o.IsOk);
    }

    public Task<Outcome<BudgetView>> ChangeAsync(string budgetId, ChangeBudget request, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(request);
        return NextAsync(budgetId, request, BudgetState.Active, ct);
    }

    public Task<Outcome<BudgetView>> EndAsync(string budgetId, CancellationToken ct) =>
        NextAsync(budgetId, new ChangeBudget(), BudgetState.Ended, ct);

    private DateOnly Today => BudgetPeriod.DayOf(time.GetUtcNow());

    private async Task<Outcome<BudgetView>> StoreAsync(CreateBudget request, string? scopeId, string key, CancellationToken ct)
    {
        string party = actor.Current.PartyId;
        Currency currency = Currency.Parse(request.Currency);
        await db.TakeTurnAsync($"billing/budgets/{party}", ct);
        string hash = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(request, JsonSerializerOptions.Web)));
        if (await Rows().FirstOrDefaultAsync(b => b.PartyId == party && b.IdempotencyKey == key, ct) is { } earlier)
        {
            return earlier.RequestHash == hash ? (await views.OfAsync([earlier], ct))[0] : Problem.KeyReused();
        }
        int open = await Rows().CountAsync(b => b.PartyId == party && b.Versions.All(v => v.State == BudgetState.Active), ct);
        if (open >= MaxBudgets)
            return Problem.Conflict("too-many-budgets", $"An organisation has at most {MaxBudgets:N0} budgets at a time. End one first.");
        await db.TakeTurnAsync(BudgetReader.TurnOf(party, currency), ct);
        DateTimeOffset now = time.GetUtcNow();
        var row = new BudgetRow
        {
            Id = ids.New(IdPrefix.Budget),
            PartyId = party,
            Scope = request.Scope,
            ScopeId = scopeId,
            Kind = request.Kind,
            Currency = currency.Code,
            IdempotencyKey = key,
            RequestHash = hash,
            CreatedAt = now,
            CreatedBy = actor.Current.Name,
        };
        row.Versions.Add(
            new BudgetVersionRow
            {
                BudgetId = row.Id,
                Version = 1,
                PartyId = party,
                Name = request.Name.Trim(),
                Amount = BudgetRules.Micros(request.Amount),
                Thresholds = [.. (request.Thresholds ?? BudgetRules.DefaultThresholds).Order()],
                HardStop = request.HardStop,
                StartsOn = request.StartsOn ?? Today,
                State = BudgetState.Active,
                MadeAt = now,
                MadeBy = actor.Current.Name,
            }
        );
        db.Add(row);
        return await WrittenAsync(row, "budget.created", ct);
    }

    private async Task<Outcome<BudgetView>> NextAsync(string budgetId, ChangeBudget change, BudgetState to, CancellationToken ct)
    {
        if (Refused() is { } refused)
            return refused;
        return await db.InTransactionAsync<Outcome<BudgetView>>(
            async t =>
            {
                string party = actor.Current.PartyId;
                if (await Rows().FirstOrDefaultAsync(b => b.Id == budgetId && b.PartyId == party, t) is not { } seen)
                    return Problem.NotFound("budget", budgetId);
                await db.TakeTurnAsync(BudgetReader.TurnOf(party, Currency.Parse(seen.Currency)), t);
                // Another change may have come in between: what counts is read after the turn.
                BudgetRow row = await Rows().FirstAsync(b => b.Id == budgetId, t);
                BudgetVersionRow latest = row.Latest;
                if (latest.State == BudgetState.Ended)
                    return Problem.Conflict("budget-ended", "This budget has ended. Make a new one.");
                if (change.Version is { } version && version != latest.Version)
                    return Problem.Conflict("budget-changed", "Somebody has changed this budget since you looked at it. Read it again.");
                if (BudgetRules.Check(change, row.Kind) is { } invalid)
                    return invalid;
                BudgetState state = to == BudgetState.Ended ? BudgetRow.States.Move(latest.State, to) : latest.State;
                BudgetVersionRow next = latest.Next(change, state, time.GetUtcNow(), actor.Current.Name);
                db.Add(next);
                row.Versions.Add(next);
                return await WrittenAsync(row, to == BudgetState.Ended ? "budget.ended" : "budget.changed", t);
            },
            ct,
            o => o.IsOk
        );
    }

    private async Task<Outcome<BudgetView>> WrittenAsync(BudgetRow row, string action, CancellationToken ct)
    {
        BudgetVersionRow latest = row.Latest;
        Currency currency = Currency.Parse(row.Currency);
        db.Audit(
            action,
            "budget",
            row.Id,
            $"{latest.Name}, {row.Scope}{(row.ScopeId is { } scope ? " " + scope : "")}, {row.Kind}: {new Money(latest.Amount, currency)}{(latest.HardStop ? ", hard stop" : "")}"
        );
        changes.Announce($"party:{row.PartyId}");
        await db.SaveChangesAsync(ct);
        // What it says about what is spent already is said now, not with the next charge.
        await watch.JudgeAsync(row.PartyId, currency, ct);
        await db.SaveChangesAsync(ct);
        return (await views.OfAsync([row], ct))[0];
    }

    private async Task<Outcome<string?>> ScopeAsync(CreateBudget request, CancellationToken ct)
    {
        switch (request.Scope)
        {
            case BudgetScope.Project:
                return (await projects.BookAsync(ct)).Resolve(request.ScopeId, "/scopeId").Map(p => p?.Id);
            case BudgetScope.Member:
                string id = request.ScopeId!.Trim();
                return (await members.FindManyAsync(actor.Current.PartyId, [id], ct)).ContainsKey(id)
                    ? Outcome<string?>.Ok(id)
                    : Problem.Invalid(
                        "/scopeId",
                        $"Your organisation has no member '{id}'.",
                        "Use the id of a person, an API key or a client of your organisation."
                    );
            default:
                return Outcome<string?>.Ok(null);
        }
    }

    private Problem? Refused() =>
        actor.Current.Check(Permission.MoneyWrite)
        ?? (actor.Current.Is(PartyKinds.Customer) ? null : Problem.Forbidden("Budgets are for organisations that buy."));

    private IQueryable<BudgetRow> Rows() => db.Set<BudgetRow>().AsNoTracking().Include(b => b.Versions);
}
