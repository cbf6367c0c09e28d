/// Retrieval: documents become chunks, chunks become an index, and a question finds its passages.
/// [dev.finetide.retrieval.document.DocumentReader] reads files, [dev.finetide.retrieval.chunk.Chunker] cuts
/// them, a [dev.finetide.retrieval.search.Retriever] finds, [dev.finetide.retrieval.rank.RankScores] says how
/// well, and [dev.finetide.retrieval.leak.LeakCheck] names answers that stand in what is searched.
package dev.finetide.retrieval;
