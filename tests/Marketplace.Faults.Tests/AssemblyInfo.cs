// Each test here loads the machine by itself, and two of them kill servers: one after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
