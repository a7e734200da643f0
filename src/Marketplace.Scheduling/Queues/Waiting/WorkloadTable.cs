namespace Marketplace.Scheduling.Queues.Waiting;

/// <summary>All workloads that wait or run, in slots that are used again.</summary>
internal sealed class WorkloadTable
{
    private const int None = -1;
    private Row[] rows = new Row[16];
    private int firstFree = None;
    private int used;

    /// <summary>How many wait or run.</summary>
    public int Count { get; private set; }

    public ref Row this[int slot] => ref rows[slot];

    /// <exception cref="InvalidOperationException">There are too many.</exception>
    public WorkloadTicket Add(WorkloadFacts facts)
    {
        if (Count == QueueBounds.MaxWorkloads)
        {
            throw new InvalidOperationException($"{QueueBounds.MaxWorkloads} workloads wait or run already. Finish or withdraw some.");
        }

        var slot = firstFree;
        if (slot >= 0)
        {
            firstFree = rows[slot].Next;
        }
        else
        {
            slot = used++;
            if (slot == rows.Length)
            {
                Array.Resize(ref rows, rows.Length * 2);
            }
        }

        Count++;
        rows[slot] = new Row
        {
            Facts = facts,
            Group = None,
            Next = None,
            Previous = None,
            Generation = rows[slot].Generation + 1,
        };
        return new WorkloadTicket(slot, rows[slot].Generation);
    }

    public void Remove(int slot)
    {
        Count--;
        rows[slot] = new Row { Generation = rows[slot].Generation + 1, Next = firstFree };
        firstFree = slot;
    }

    public WorkloadTicket TicketOf(int slot) => new(slot, rows[slot].Generation);

    /// <exception cref="InvalidOperationException">The ticket's workload has ended, or was never here.</exception>
    public int SlotOf(WorkloadTicket ticket) =>
        ticket.Slot >= 0
        && ticket.Slot < used
        && rows[ticket.Slot].Generation == ticket.Generation
        && rows[ticket.Slot].Facts.Shape is not null
            ? ticket.Slot
            : throw new InvalidOperationException($"There is no workload {ticket}: it has ended, or belongs to other queues.");

    public struct Row
    {
        public WorkloadFacts Facts;

        /// <summary>The group it waits in; −1 when it runs.</summary>
        public int Group;

        /// <summary>The next of its group, or of the free slots; −1 at the end.</summary>
        public int Next;

        public int Previous;
        public int Generation;
    }
}
