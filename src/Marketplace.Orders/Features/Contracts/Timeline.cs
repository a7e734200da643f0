using System.Globalization;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Domain;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Text;
using Marketplace.Provisioning.Contracts;

namespace Marketplace.Orders.Features.Contracts;

/// <summary>held → scheduled → pulling → starting → running → ended → settled, from what the contract and the cluster recorded.</summary>
internal static class Timeline
{
    private static readonly string[] Codes = ["held", "scheduled", "pulling", "starting", "running", "ended", "settled"];

    /// <param name="showMoney">Whether the reader may know what the customer pays.</param>
    public static IReadOnlyList<TimelineStep> Of(Contract contract, WorkloadView? workload, bool showMoney)
    {
        DateTimeOffset? Event(string code) => workload?.Events.FirstOrDefault(e => e.Code == code)?.At;
        DateTimeOffset? Noted(string code) => contract.Events.OrderBy(e => e.Number).FirstOrDefault(e => e.Code == code)?.At;
        DateTimeOffset? running = contract.ReadyAt;
        DateTimeOffset?[] times =
        [
            contract.CreatedAt,
            Event("scheduled") ?? (running is null ? null : running),
            Event("pulling") ?? (running is null ? null : running),
            Event("started") ?? (running is null ? null : running),
            running,
            contract.EndedAt,
            Noted($"state-{ContractState.Settled}"),
        ];
        string[] details =
        [
            showMoney ? new Money(contract.HeldMicros, Currency.Parse(contract.Currency)).ToString() : "",
            workload is null ? "" : Nodes(workload),
            "",
            workload is null
                ? ""
                : string.Create(CultureInfo.InvariantCulture, $"{workload.ReadyReplicas} of {workload.DesiredReplicas} ready"),
            "",
            contract.ReasonText ?? "",
            "",
        ];
        int last = Array.FindLastIndex(times, t => t is not null);
        return
        [
            .. Codes.Select(
                (code, i) => new TimelineStep(code, times[i], details[i], Done: i <= last, Current: i == last && contract.IsOpen)
            ),
        ];
    }

    /// <summary>What became of the contract's places, oldest first.</summary>
    public static IEnumerable<PlaceChange> PlaceChangesOf(Contract contract) =>
        contract
            .Events.Where(e => e.Code is ContractEvents.Moved or ContractEvents.PlaceLost or ContractEvents.PlaceBack)
            .OrderBy(e => e.Number)
            .Select(e =>
            {
                ContractMove move = ContractMove.FromDetail(e.Detail);
                return new PlaceChange(e.At, e.Code, move.Places, move.Fault, move.Explanation);
            });

    private static string Nodes(WorkloadView workload)
    {
        int nodes = workload.Pods.Select(p => p.Node).Where(n => n is not null).Distinct(StringComparer.Ordinal).Count();
        return Plural.Write($"{nodes} {nodes:node|nodes}");
    }
}
