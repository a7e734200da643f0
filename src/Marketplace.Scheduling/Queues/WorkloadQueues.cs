using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Queues.Disciplines;
using Marketplace.Scheduling.Queues.Tree;
using Marketplace.Scheduling.Queues.Waiting;

namespace Marketplace.Scheduling.Queues;

/// <summary>
/// Workloads waiting in the queues of a tree. One pass (<see cref="Admit"/>) starts as many as quota and capacity allow, many per queue, and
/// parks what does not fit until something changes that could let it in; what is parked costs a pass nothing. The outcome is that of trying
/// everybody in every pass.
/// <para>
/// No clock and no chance: the same calls give the same answers. A pass costs O((admitted + woken) · (depth + log)). Memory grows with what
/// waits and runs, about 100 bytes each, plus about 100 per group of equal shapes in one queue; never with what has ended. For one thread.
/// </para>
/// </summary>
public sealed class WorkloadQueues
{
    private readonly Discipline discipline;
    private readonly WorkloadTable workloads = new();
    private readonly WaitingGroups groups;
    private readonly Parking parking;
    private readonly ServiceTree service;
    private readonly KeyedHeap<Turn>[] lines;
    private readonly List<int> woken = [];
    private long arrivals;

    /// <param name="tree">The queues; from here on it is changed only through this object.</param>
    /// <param name="discipline">One of <see cref="QueueDisciplines.Names"/>.</param>
    public WorkloadQueues(QueueTree tree, string discipline)
    {
        ArgumentNullException.ThrowIfNull(tree);
        Tree = tree;
        this.discipline = QueueDisciplines.Create(discipline, tree);
        groups = new WaitingGroups(workloads);
        parking = new Parking(tree, groups);
        service = new ServiceTree(tree, this.discipline);
        var positions = new HeapPositions();
        lines = [.. Enumerable.Range(0, tree.Count).Select(_ => new KeyedHeap<Turn>(positions))];
    }

    /// <summary>The queues with their quota and what is used of it.</summary>
    public QueueTree Tree { get; }

    /// <summary>Workloads waiting and running.</summary>
    public int Count => workloads.Count;

    /// <summary>Groups of equal workloads that wait.</summary>
    public int Groups => groups.Count;

    internal bool HeadBlocks => discipline.HeadBlocks;

    /// <summary>What is known of a workload.</summary>
    public WorkloadFacts this[WorkloadTicket ticket] => workloads[workloads.SlotOf(ticket)].Facts;

    /// <summary>Puts a workload in line.</summary>
    /// <param name="queue">A queue, not a cohort.</param>
    /// <param name="priority">Higher goes first inside the queue, and under fifo in the whole tree.</param>
    /// <exception cref="InvalidSupplyException">The workload cannot be; every problem names its field.</exception>
    public WorkloadTicket Submit(int queue, WorkloadShape shape, int priority = 0, ContractClass contractClass = ContractClass.OnDemand)
    {
        ArgumentNullException.ThrowIfNull(shape);
        SubmissionChecks.Check(Tree, queue, shape, contractClass);
        var ticket = workloads.Add(new WorkloadFacts(queue, shape, priority, contractClass, arrivals++, Running: false));
        Enter(ticket.Slot);
        return ticket;
    }

    /// <summary>Takes a waiting workload out of its line for good.</summary>
    /// <exception cref="InvalidOperationException">It does not wait.</exception>
    public void Withdraw(WorkloadTicket ticket)
    {
        var slot = Slot(ticket, running: false);
        Leave(slot);
        workloads.Remove(slot);
    }

    /// <summary>A running workload ended.</summary>
    /// <exception cref="InvalidOperationException">It does not run.</exception>
    public void Finish(WorkloadTicket ticket)
    {
        var slot = Slot(ticket, running: true);
        GiveBack(slot);
        workloads.Remove(slot);
    }

    /// <summary>Sends a running workload back to the place in line it came from.</summary>
    /// <exception cref="InvalidOperationException">It does not run.</exception>
    public void Evict(WorkloadTicket ticket)
    {
        var slot = Slot(ticket, running: true);
        GiveBack(slot);
        Enter(slot);
    }

    /// <summary>Changes the quota of a queue or cohort. What runs keeps running, also above a smaller quota.</summary>
    /// <exception cref="InvalidSupplyException">The quota cannot be.</exception>
    public void SetQuota(int node, int resource, ResourceQuota quota)
    {
        Tree.SetQuota(node, resource, quota);
        parking.QuotaChanged(node, resource);
        service.RefreshTree(Tree.Roots[node]);
    }

    /// <summary>Tells that nodes came or got room for a reason other than a workload that ended here.</summary>
    public void PlacesChanged() => parking.PlacesChanged();

    /// <summary>Starts whoever may start now, in the order of the discipline.</summary>
    /// <param name="admitted">Gets the started ones, in that order.</param>
    /// <param name="at">The caller's time, for the explanations of who is parked in this pass.</param>
    /// <param name="place">Finds nodes for all pods of a workload or refuses it; null when quota alone decides.</param>
    /// <param name="parked">Gets the first of each group that was parked in this pass: for whom room could be made.</param>
    /// <returns>How many started.</returns>
    public int Admit(
        ICollection<WorkloadTicket> admitted,
        long at = 0,
        PlaceWorkload? place = null,
        ICollection<WorkloadTicket>? parked = null
    )
    {
        ArgumentNullException.ThrowIfNull(admitted);
        Wake();
        var count = 0;
        while (service.Next is >= 0 and var queue)
        {
            var group = lines[queue].Top;
            var slot = groups[group].First;
            if (Tree.FirstBlock(queue, groups[group].Shape) is { } block)
            {
                parking.Park(group, block);
                Parked(group, at);
                parked?.Add(workloads.TicketOf(slot));
            }
            else if (place is not null && !place(workloads.TicketOf(slot), workloads[slot].Facts))
            {
                parking.ParkWithoutPlace(group);
                Parked(group, at);
                parked?.Add(workloads.TicketOf(slot));
            }
            else
            {
                Start(slot);
                admitted.Add(workloads.TicketOf(slot));
                count++;
            }
        }

        return count;
    }

    /// <summary>
    /// Starts one waiting workload out of turn, for which room was made, if its quota is there. Whoever stands behind it in its group is
    /// tried in the next pass, as room may be made for that one too.
    /// </summary>
    /// <returns>Whether it started.</returns>
    /// <exception cref="InvalidOperationException">It does not wait.</exception>
    public bool AdmitNow(WorkloadTicket ticket)
    {
        var slot = Slot(ticket, running: false);
        var facts = workloads[slot].Facts;
        if (!Tree.Fits(facts.Queue, facts.Shape))
        {
            return false;
        }

        var group = workloads[slot].Group;
        parking.Unpark(group);
        Stand(group);
        Start(slot);
        return true;
    }

    /// <summary>Why a workload waits and what would let it in, as things stand now.</summary>
    public WaitExplanation Explain(WorkloadTicket ticket)
    {
        var slot = workloads.SlotOf(ticket);
        var facts = workloads[slot].Facts;
        if (facts.Running)
        {
            return new WaitExplanation { Queue = Tree.Spec(facts.Queue).Name, Reason = WaitReason.Running };
        }

        ref var group = ref groups[workloads[slot].Group];
        var head = HeadBlocks ? groups[lines[facts.Queue].Top].First : slot;
        return WaitExplainer.Explain(Tree, facts, group.Blocker, group.ParkedSince, head == slot ? null : workloads.TicketOf(head));
    }

    private void Wake()
    {
        woken.Clear();
        parking.Wake(woken);
        foreach (var group in woken)
        {
            Stand(group);
            Refresh(groups[group].Queue);
        }
    }

    private void Start(int slot)
    {
        Leave(slot);
        ref var facts = ref workloads[slot].Facts;
        facts = facts with { Running = true };
        Tree.Add(facts.Queue, facts.Shape, 1);
        Refresh(facts.Queue);
    }

    private void GiveBack(int slot)
    {
        ref var facts = ref workloads[slot].Facts;
        facts = facts with { Running = false };
        Tree.Add(facts.Queue, facts.Shape, -1);
        parking.Released(facts.Queue, facts.Shape);
        Refresh(facts.Queue);
    }

    private void Enter(int slot)
    {
        var group = groups.Enter(slot);
        if (groups[group].Blocker == Parking.NotParked || HeadBlocks)
        {
            Stand(group);
            Refresh(groups[group].Queue);
        }
    }

    private void Leave(int slot)
    {
        var group = workloads[slot].Group;
        var queue = groups[group].Queue;
        if (groups.Leave(slot))
        {
            parking.Unpark(group);
            lines[queue].Remove(group);
            groups.Drop(group);
        }
        else if (groups[group].Blocker == Parking.NotParked || HeadBlocks)
        {
            Stand(group);
        }

        Refresh(queue);
    }

    /// <summary>A parked group leaves the line, unless it holds up those behind it: then it stays and stops the queue.</summary>
    private void Parked(int group, long at)
    {
        groups[group].ParkedSince = at;
        if (!HeadBlocks)
        {
            lines[groups[group].Queue].Remove(group);
        }

        Refresh(groups[group].Queue);
    }

    private void Stand(int group) => lines[groups[group].Queue].Set(group, groups.TurnOf(group));

    private void Refresh(int queue)
    {
        var line = lines[queue];
        service.Refresh(queue, line.Count > 0 && groups[line.Top].Blocker == Parking.NotParked ? line.TopKey : null);
    }

    private int Slot(WorkloadTicket ticket, bool running)
    {
        var slot = workloads.SlotOf(ticket);
        return workloads[slot].Facts.Running == running
            ? slot
            : throw new InvalidOperationException($"The workload {ticket} {(running ? "waits" : "runs")}.");
    }
}
