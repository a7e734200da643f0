using Marketplace.Scheduling.Preemption;
using Marketplace.Scheduling.Queues;

namespace Marketplace.Bench;

/// <summary>The state of one replay: what waits, what runs and when it ends.</summary>
internal sealed class QueueReplayRun(WorkloadQueues queues, bool reclaims)
{
    private readonly PriorityQueue<(WorkloadTicket Ticket, int Order), (long End, int Order)> ends = new();
    private readonly Dictionary<WorkloadTicket, QueueReplay.Arrival> waiting = [];
    private readonly Dictionary<WorkloadTicket, (QueueReplay.Arrival Arrival, int Order, long Since)> running = [];
    private readonly Dictionary<string, (long Sum, int Count)> waits = new(StringComparer.Ordinal);
    private readonly NodeOccupancy occupancy = new(1, []);
    private readonly List<WorkloadTicket> admitted = [];
    private readonly List<WorkloadTicket> parked = [];
    private long now,
        passes,
        evictions;
    private int order,
        ended;
    private double lost;

    /// <summary>When the next workload ends; the far future when none runs.</summary>
    public long NextEnd
    {
        get
        {
            // Whoever was evicted has an end in the list that never comes.
            while (ends.TryPeek(out var first, out _) && !Runs(first))
                ends.Dequeue();
            return ends.TryPeek(out _, out var next) ? next.End : long.MaxValue;
        }
    }

    public void End(long at)
    {
        while (NextEnd == at)
        {
            var ticket = ends.Dequeue().Ticket;
            Count(running[ticket]);
            running.Remove(ticket);
            queues.Finish(ticket);
            if (reclaims)
                occupancy.End(ticket);
            ended++;
        }
    }

    public void Submit(QueueReplay.Arrival arrival) =>
        waiting.Add(queues.Submit(arrival.Queue, arrival.Shape, arrival.Class.Priority), arrival);

    /// <summary>One scheduling pass; with reclaim, again and again until nobody finds a victim any more.</summary>
    public void Pass(long at)
    {
        now = at;
        do
        {
            admitted.Clear();
            parked.Clear();
            queues.Admit(admitted, now, null, parked);
            passes++;
            foreach (var ticket in admitted)
                Start(ticket);
        } while (reclaims && parked.Count(Reclaim) > 0);
    }

    /// <exception cref="BenchmarkException">Somebody never ran to its end.</exception>
    public QueueReplay.Result Result(int workloads) =>
        ended == workloads
            ? new(now, passes, evictions, lost, waits.ToDictionary(each => each.Key, each => (double)each.Value.Sum / each.Value.Count))
            : throw new BenchmarkException($"{workloads - ended} workloads never ended.");

    private bool Reclaim(WorkloadTicket ticket)
    {
        if (!waiting.ContainsKey(ticket))
            return false;
        var decision = VictimSearch.Find(queues, occupancy, ticket);
        if (decision.Outcome is not (ReclaimOutcome.Evict or ReclaimOutcome.Fits))
            return false;
        foreach (var victim in decision.Victims)
        {
            var (arrival, _, since) = running[victim.Ticket];
            queues.Evict(victim.Ticket);
            occupancy.End(victim.Ticket);
            running.Remove(victim.Ticket);
            waiting.Add(victim.Ticket, arrival);
            lost += (double)arrival.Class.Request * (now - since);
            evictions++;
        }
        if (!queues.AdmitNow(ticket))
            throw new BenchmarkException("Room was made, but it did not start.");
        Start(ticket);
        return true;
    }

    private void Start(WorkloadTicket ticket)
    {
        waiting.Remove(ticket, out var arrival);
        running.Add(ticket, (arrival!, order, now));
        ends.Enqueue((ticket, order), (now + arrival!.RuntimeUs, order));
        order++;
        if (reclaims)
            occupancy.Start(ticket, queues[ticket]);
    }

    private bool Runs((WorkloadTicket Ticket, int Order) end) => running.TryGetValue(end.Ticket, out var run) && run.Order == end.Order;

    private void Count((QueueReplay.Arrival Arrival, int Order, long Since) run)
    {
        var (sum, count) = waits.GetValueOrDefault(run.Arrival.Class.ClassName);
        waits[run.Arrival.Class.ClassName] = (sum + run.Since - run.Arrival.AtUs, count + 1);
    }
}
