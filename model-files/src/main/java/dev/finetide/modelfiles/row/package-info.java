/// The form of a labelled row: the keys and roles that a row may have, and what counts as absent. Both the service that
/// stores rows and the engine that learns from them read rows through this package, so that they agree. It checks keys;
/// the types of values are checked where they are used. Reasons never hold text of a row, except names of keys.
package dev.finetide.modelfiles.row;
