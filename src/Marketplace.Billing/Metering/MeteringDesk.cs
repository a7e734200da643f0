using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Text;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Metering;

/// <summary>The module's face for usage intake and for how far usage is known.</summary>
internal sealed class MeteringDesk(RecordUsage record, UsageKnowledge knowledge, ActorContext actor, IOptions<BillingOptions> options)
    : IMetering
{
    private const int MaxSourceLength = 100;

    public Task<UsageReceipt> TakeAsync(UsageReport report, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(report);
        return record.RunAsync(report, ct);
    }

    public async Task<Outcome<UsageReceipt>> ReportAsync(ReportUsage report, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (actor.Current.Check(Permission.SupplyWrite) is { } refused)
            return refused;
        if (Wrong(report) is { Count: > 0 } errors)
            return Problem.Invalid(errors);
        // Two centers may name their gateways alike.
        string source = $"{MeterRule.GatewayPrefix}{actor.Current.PartyId}/{report.Source.Trim()}";
        return await record.RunAsync(
            new UsageReport(
                [
                    .. report.Readings.Select(r => new UsageReading(
                        source,
                        r.EventId,
                        r.ContractId,
                        r.AllocationId,
                        r.Meter,
                        r.Quantity,
                        r.From,
                        r.To,
                        r.Final
                    )
                    {
                        Revision = r.Revision,
                        Epoch = r.Epoch,
                    }),
                ],
                [.. report.Heard.Select(h => new UsageHeard(source, h.ContractId, h.Since, h.Through))]
            ),
            ct
        );
    }

    public Task<ContractUsage?> UsageAsync(string contractId, CancellationToken ct) => knowledge.FindAsync(contractId, ct);

    public Task<bool> IsCompleteAsync(string customerId, DateTimeOffset through, CancellationToken ct) =>
        knowledge.IsCompleteAsync(customerId, through, ct);

    public async Task<Outcome<IReadOnlyList<UsageSourceView>>> SourcesAsync(CancellationToken ct) =>
        actor.Current.Check(Permission.PlatformRead) is { } refused
            ? refused
            : Outcome<IReadOnlyList<UsageSourceView>>.Ok(await knowledge.SourcesAsync(ct));

    private List<FieldError> Wrong(ReportUsage report)
    {
        List<FieldError> errors = [];
        if (string.IsNullOrWhiteSpace(report.Source) || report.Source.Length > MaxSourceLength)
            errors.Add(
                new(
                    "/source",
                    Plural.Write($"The source has 1 to {MaxSourceLength} {MaxSourceLength:character|characters}."),
                    "Give the gateway's own name."
                )
            );
        int most = options.Value.MaxReadingsPerCall;
        if (report.Readings is null)
            errors.Add(new("/readings", "The readings are missing.", "Send a list; it may be empty."));
        else if (report.Readings.Count > most || report.Heard?.Count > most)
            errors.Add(new("/readings", $"One call takes {most} readings at most.", "Split them over several calls."));
        if (report.Heard is null)
            errors.Add(new("/heard", "The list is null.", "Leave it out, or send a list."));
        for (int i = 0; i < (report.Heard?.Count ?? 0) && errors.Count == 0; i++)
        {
            if (report.Heard![i] is not { } heard || heard.Through < heard.Since)
                errors.Add(new($"/heard/{i}/through", "The stretch ends before it begins.", "Give an end at or after its beginning."));
            else if (string.IsNullOrEmpty(heard.ContractId))
                errors.Add(new($"/heard/{i}/contractId", "The contract is missing.", "Give the contract's id."));
        }
        if (report.Readings?.Contains(null!) == true)
            errors.Add(new("/readings", "A reading is null.", "Leave it out."));
        return errors;
    }
}
